/** What can be done with a row while the dashboard is edited. */
import { SceneObjectBase, type SceneComponentProps, type SceneObjectState } from '@grafana/scenes';
import { IconButton } from '@grafana/ui';

interface RowActionsState extends SceneObjectState {
  title: string;
  onEdit: () => void;
}

export class RowActions extends SceneObjectBase<RowActionsState> {
  static Component = RowActionsButtons;
}

function RowActionsButtons({ model }: SceneComponentProps<RowActions>) {
  const { title, onEdit } = model.useState();
  return <IconButton name="cog" aria-label={`Edit the row ${title}`} onClick={onEdit} />;
}
