import { TooltipDisplayMode } from '@grafana/schema';
import type { TooltipPlugin2 } from '@grafana/ui';

type HoverMode = Parameters<typeof TooltipPlugin2>[0]['hoverMode'];

/** The values of @grafana/ui's enumeration, which is a type only: one series, all, or one whose mark is under the pointer. */
export const hoverModes = { one: 0 as HoverMode, all: 1 as HoverMode, under: 2 as HoverMode } as const;

export const hoverModeOf = (mode: TooltipDisplayMode): HoverMode => (mode === TooltipDisplayMode.Multi ? hoverModes.all : hoverModes.one);
