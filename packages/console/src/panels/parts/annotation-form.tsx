/** What somebody writes at a moment, or along a region, of a graph. */
import { dateTimeFormat, type TimeZone } from '@grafana/data';
import { Button, Field, Modal, TagsInput, TextArea, usePanelContext } from '@grafana/ui';
import { useState } from 'react';

export interface AnnotationFormProps {
  /** Of the one that is changed; a new one else. */
  readonly id?: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly timeZone: TimeZone;
  readonly onClose: () => void;
}

export function AnnotationForm({ id, from, to, text = '', tags = [], timeZone, onClose }: AnnotationFormProps) {
  const { onAnnotationCreate, onAnnotationUpdate } = usePanelContext();
  const [description, setDescription] = useState(text);
  const [labels, setLabels] = useState([...tags]);
  const save = () => {
    const annotation = { from: Math.round(from), to: Math.round(to), tags: labels, description };
    if (id === undefined) onAnnotationCreate?.(annotation);
    else onAnnotationUpdate?.({ ...annotation, id });
    onClose();
  };
  const at = (time: number) => dateTimeFormat(time, { timeZone });
  return (
    <Modal isOpen title={id === undefined ? 'Add annotation' : 'Edit annotation'} onDismiss={onClose}>
      <p>{from === to ? at(from) : `${at(from)} – ${at(to)}`}</p>
      <Field label="Description"><TextArea rows={4} autoFocus value={description} onChange={(event) => setDescription(event.currentTarget.value)} /></Field>
      <Field label="Tags" htmlFor="annotation-tags"><TagsInput id="annotation-tags" tags={labels} onChange={setLabels} /></Field>
      <Modal.ButtonRow><Button variant="secondary" onClick={onClose}>Cancel</Button><Button disabled={description.trim() === '' && labels.length === 0} onClick={save}>Save</Button></Modal.ButtonRow>
    </Modal>
  );
}
