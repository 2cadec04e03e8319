import GroupPage from './group-page.tsx';

export default function GroupEditPage() {
  return <GroupPage editing />;
}
