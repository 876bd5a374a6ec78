import { node } from '@/lib/confab';
import { Room } from './room';

export default async function Page({ params }: PageProps<'/room/[id]'>) {
  const { id } = await params;
  return <Room id={id} node={node} />;
}
