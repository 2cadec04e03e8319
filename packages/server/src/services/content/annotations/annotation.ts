/** Annotations (dashboards-and-content §9): marks on a time line, of a dashboard or of the whole organization. Relational, own tables. */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface Annotation {
  readonly id: number;
  readonly orgId: number;
  /** '' for annotations of the organization. */
  readonly dashboardUid: string;
  readonly panelId: number;
  /** 0 for what people and programs wrote; otherwise the alert rule whose state changed. */
  readonly alertId: number;
  readonly alertUid: string;
  readonly userId: number;
  readonly prevState: string;
  readonly newState: string;
  readonly text: string;
  /** `key` or `key:value`. */
  readonly tags: readonly string[];
  /** JSON text of an object; '' for none. */
  readonly data: string;
  /** Milliseconds; a point ends when it starts. */
  readonly time: number;
  readonly timeEnd: number;
  readonly created: number;
  readonly updated: number;
}

/** An annotation as the JSON that it is answered as, made by the database; what others know comes between the pieces. */
export interface AnnotationText extends Pick<Annotation, 'dashboardUid' | 'userId'> {
  /** Where the question was one of tags. */
  readonly tags?: readonly string[];
  /** From the brace to `alertId`: the number of the dashboard follows. */
  readonly head: string;
  /** From `dashboardUID` to `tags`: the author follows. */
  readonly rest: string;
  /** JSON text. */
  readonly data: string;
}

export interface AnnotationQuery {
  /** Both or none. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** '' for all. */
  readonly dashboardUid: string;
  readonly panelId: number;
  /** Negative: only what belongs to no alert. */
  readonly alertId: number;
  readonly alertUid: string;
  readonly userId: number;
  readonly type: 'alert' | 'annotation' | '';
  readonly tags: readonly string[];
  readonly matchAny: boolean;
}

export interface NewAnnotation {
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly data: string;
}

export interface AnnotationChange {
  readonly text?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly time?: number | undefined;
  readonly timeEnd?: number | undefined;
  readonly data?: string | undefined;
}

/** One change of an alert instance, written by the alerting engine. */
export type AlertStateAnnotation = Omit<Annotation, 'id' | 'userId' | 'created' | 'updated' | 'tags'>;

export interface TagCount {
  readonly tag: string;
  readonly count: number;
}

export interface AnnotationService {
  /** What the identity may read, latest end first; the limit counts after that. */
  list(identity: Identity, query: AnnotationQuery): Promise<readonly Annotation[]>;
  /** The same as texts, which cost a third. */
  texts(identity: Identity, query: AnnotationQuery): Promise<readonly AnnotationText[]>;
  /** Without looking at permissions: for alerting and public dashboards. */
  listAll(orgId: number, query: AnnotationQuery): Promise<readonly Annotation[]>;
  /** Throws not found for what the identity may not read as well. */
  find(identity: Identity, id: number, action?: 'annotations:read' | 'annotations:write'): Promise<Annotation>;
  findText(identity: Identity, id: number): Promise<AnnotationText>;
  create(identity: Identity, annotation: NewAnnotation): Promise<number>;
  change(identity: Identity, id: number, change: AnnotationChange): Promise<void>;
  delete(identity: Identity, id: number): Promise<void>;
  deleteOfPanel(identity: Identity, dashboardUid: string, panelId: number): Promise<void>;
  tags(orgId: number, query: { like: string; limit: number }): Promise<readonly TagCount[]>;
  recordAlertStates(states: readonly AlertStateAnnotation[]): Promise<void>;
  /** Removes what is too old or too many, class by class (§9.4). */
  cleanUp(): Promise<void>;
}

export const annotationErrors = defineErrors('annotation', {
  notFound: [404, 'Annotation not found'],
  badId: [400, 'annotationId is invalid'],
  badDashboardId: [400, 'Invalid dashboard ID in annotation request'],
  unknownDashboard: [400, 'Error while checking annotation permissions'],
  denied: [403, 'Access denied to save the annotation'],
  deniedMass: [403, 'Access denied to mass delete annotations'],
  notSaved: [400, 'Failed to save annotation'],
  notSavedGraphite: [400, 'Failed to save Graphite annotation'],
  tagsTooLong: [400, 'Tags length exceeds the maximum allowed.', 'annotations.tag-limit-exceeded'],
});

/** `site:north` is a key and a value; a plain tag is a key. */
export function splitTag(tag: string): { key: string; value: string } {
  const colon = tag.indexOf(':');
  return colon < 0 ? { key: tag, value: '' } : { key: tag.slice(0, colon), value: tag.slice(colon + 1) };
}
