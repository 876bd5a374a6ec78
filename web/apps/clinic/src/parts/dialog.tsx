import { useEffect, useId, useRef, type ReactNode } from 'react';

/** A modal dialog, open while it is mounted. Escape closes it where there is `onClose`. */
export function Dialog(p: { title: string; onClose?: (() => void) | undefined; children: ReactNode }): ReactNode {
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current!;
    shown.showModal();
    return () => shown.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        p.onClose?.();
      }}
    >
      <h2 id={title}>{p.title}</h2>
      {p.children}
    </dialog>
  );
}
