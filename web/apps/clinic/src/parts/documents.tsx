import { Download, FileText, Image, LoaderCircle, Upload } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { ask, plainly } from '../api/request.js';
import type { SharedDocument, Visit } from '../api/types.js';
import { Problem } from './problem.js';

const largest = 10 << 20;

export interface DocumentsProps {
  readonly visit: Visit;
  /** The patient's key; a doctor has none. */
  readonly privateKey?: string | undefined;
  /** Nothing can be added any more. */
  readonly readOnly?: boolean;
}

/** What doctor and patient have given each other, and a way to give more. */
export function Documents(p: DocumentsProps): ReactNode {
  const { visit, privateKey } = p;
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const hint = useId();

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(plainly(error));
    } finally {
      setWorking(false);
    }
  };
  const share = async (file: File): Promise<void> => {
    if (file.size > largest) {
      setProblem('A document has at most 10 MB.');
      return;
    }
    const form = new FormData();
    form.append('document', file);
    await attempt(async () => void (await ask('POST', `visits/${visit.id}/documents`, form, { key: privateKey })));
  };
  const save = (one: SharedDocument): Promise<void> =>
    attempt(async () => {
      const response = await ask('GET', `visits/${visit.id}/documents/${one.id}`, undefined, { key: privateKey });
      saveAs(await response.blob(), one.name);
    });

  return (
    <div className="documents">
      {visit.documents.length > 0 && (
        <ul>
          {visit.documents.map((one) => (
            <li key={one.id}>
              {one.type.startsWith('image/') ? <Image size={20} aria-hidden /> : <FileText size={20} aria-hidden />}
              <span className="document-name">
                {one.name}
                <small>
                  {sizeOf(one.size)}, from {one.author === visit.role ? 'you' : authorOf(one, visit)}
                </small>
              </span>
              <button
                className="icon-button"
                aria-label={`Save ${one.name}`}
                title={`Save ${one.name}`}
                data-action="save-document"
                onClick={() => void save(one)}
              >
                <Download size={18} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      {problem && <Problem text={problem} />}
      {!p.readOnly && (
        <>
          <label className="button file-button" data-busy={working}>
            {working ? <LoaderCircle size={18} className="turning" aria-hidden /> : <Upload size={18} aria-hidden />}
            Share a document
            <input
              type="file"
              name="document"
              accept=".pdf,.png,.jpg,.jpeg,.webp,.txt"
              aria-describedby={hint}
              disabled={working}
              onChange={(event) => {
                const [file] = event.target.files ?? [];
                event.target.value = '';
                if (file) void share(file);
              }}
            />
          </label>
          <small className="muted" id={hint}>
            PDF, picture or text, at most 10 MB
          </small>
        </>
      )}
    </div>
  );
}

function authorOf(one: SharedDocument, visit: Visit): string {
  return one.author === 'doctor' ? visit.doctor.name : visit.patient;
}

function sizeOf(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

/** Has the browser save something under a name. */
function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers read it only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
