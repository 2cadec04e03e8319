/** Colors of cells by value. Schemes are named as the reference names them. */
import { colorManipulator } from '@grafana/data';
import * as schemes from 'd3-scale-chromatic';

export interface ColorOptions {
  readonly mode?: string;
  readonly scheme?: string;
  readonly fill?: string;
  readonly scale?: string;
  readonly exponent?: number;
  readonly steps?: number;
  readonly reverse?: boolean;
  readonly min?: number;
  readonly max?: number;
}

export const schemeNames = ['BrBG', 'PiYG', 'PRGn', 'PuOr', 'RdBu', 'RdGy', 'RdYlBu', 'RdYlGn', 'Spectral', 'Blues', 'Greens', 'Greys', 'Oranges', 'Purples', 'Reds', 'Turbo', 'Cividis', 'Viridis', 'Magma', 'Inferno', 'Plasma',
  'Warm', 'Cool', 'Cubehelix', 'BuGn', 'BuPu', 'GnBu', 'OrRd', 'PuBuGn', 'PuBu', 'PuRd', 'RdPu', 'YlGnBu', 'YlGn', 'YlOrBr', 'YlOrRd', 'Rainbow', 'Sinebow'];

/** These go from dark to light by themselves; the others are turned around on a dark ground, so that more is brighter. */
const dark = new Set(['Cividis', 'Viridis', 'Magma', 'Inferno', 'Plasma', 'Turbo', 'Cubehelix', 'Warm', 'Cool', 'Rainbow', 'Sinebow']);
const diverging = new Set(['BrBG', 'PiYG', 'PRGn', 'PuOr', 'RdBu', 'RdGy', 'RdYlBu', 'RdYlGn', 'Spectral']);

/** From 0 to 1, in steps. */
export function palette({ mode, scheme = 'Oranges', fill = 'dark-orange', exponent = 0.5, scale, steps = 64, reverse = false }: ColorOptions, isDark: boolean, colorByName: (name: string) => string): readonly string[] {
  const count = Math.max(2, Math.min(steps, 128));
  const parts = Array.from({ length: count }, (_, i) => i / (count - 1));
  if (mode === 'opacity') {
    const color = colorByName(fill);
    const shades = parts.map((part) => colorManipulator.alpha(color, Math.max(0.02, scale === 'linear' ? part : part ** exponent)));
    return reverse ? shades.toReversed() : shades;
  }
  const name = schemeNames.includes(scheme) ? scheme : 'Oranges';
  const interpolate = (schemes as unknown as Record<string, (part: number) => string>)[`interpolate${name}`]!;
  const turned = (isDark && !dark.has(name) && !diverging.has(name)) !== reverse;
  return parts.map((part) => interpolate(turned ? 1 - part : part));
}

export function colorOf(colors: readonly string[], value: number, min: number, max: number): string {
  const part = max > min ? (value - min) / (max - min) : 1;
  return colors[Math.max(0, Math.min(colors.length - 1, Math.floor(part * colors.length)))]!;
}
