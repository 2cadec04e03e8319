/** One type of data source in the catalogue; the same as its plugin. */
import { Navigate, useParams } from 'react-router-dom';

export default function SourceTypePage() {
  const { type = '' } = useParams();
  return <Navigate replace to={`/plugins/${type}`} />;
}
