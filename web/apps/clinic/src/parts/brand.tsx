import type { ReactNode } from 'react';

/** The top of a page: the clinic's name, and what belongs beside it. */
export function Brand({ children }: { children?: ReactNode }): ReactNode {
  return (
    <header className="brand">
      <a href="/" className="brand-name">
        <img src="/icon.svg" alt="" width="32" height="32" />
        Harbour Clinic
      </a>
      <div className="brand-side">{children}</div>
    </header>
  );
}
