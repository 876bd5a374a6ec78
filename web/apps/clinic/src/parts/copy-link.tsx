import { Check, Link } from 'lucide-react';
import { useState, type ReactNode } from 'react';

/** Copies the address of the page, with its private part. */
export function CopyLink(): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  return (
    <button
      type="button"
      className="button"
      onClick={() => void copy().catch(() => setCopied(false))}
      data-action="copy-link"
    >
      {copied ? <Check size={18} aria-hidden /> : <Link size={18} aria-hidden />}
      <span aria-live="polite">{copied ? 'Copied' : 'Copy my private link'}</span>
    </button>
  );
}
