import { LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';

/** While something comes. */
export function Loading(): ReactNode {
  return (
    <p className="loading" role="status">
      <LoaderCircle className="turning" aria-hidden />
      One moment…
    </p>
  );
}
