import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** What went wrong, in plain words. */
export function Problem({ text, children }: { text: string; children?: ReactNode }): ReactNode {
  return (
    <div className="problem" role="alert">
      <TriangleAlert size={18} aria-hidden />
      <span>{text}</span>
      {children}
    </div>
  );
}

/** A page that can't be shown, with a way out. */
export function ProblemPage({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children: ReactNode;
}): ReactNode {
  return (
    <main className="page narrow">
      <section className="card centred">
        <h1>{title}</h1>
        <p className="muted">{text}</p>
        {children}
      </section>
    </main>
  );
}
