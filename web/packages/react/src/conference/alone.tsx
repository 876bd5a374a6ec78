import type { ParticipantSnapshot } from '@confab/client';
import { useEncryption } from '../hooks/use-encryption.js';
import type { ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.js';
import { useStrings } from '../strings/index.js';
import { ParticipantTile } from './participant-tile.js';

/** The stage before anyone else is there: oneself, and `children`, or else the link to send if there is one. */
export function Alone(p: { local: ParticipantSnapshot; link: string | undefined; children: ReactNode }): ReactNode {
  const { local, link } = p;
  const t = useStrings();
  const { status } = useEncryption();
  return (
    <div part="stage" className="confab-stage confab-alone">
      <div className="confab-alone-tile">
        <ParticipantTile participant={local} screen={false} />
      </div>
      {status !== 'failed' &&
        (p.children ?? (
          <div className="confab-alone-invite">
            <h2>{t.call.alone}</h2>
            {link && (
              <>
                <p className="confab-muted">{t.call.aloneHint}</p>
                <div className="confab-row">
                  <code className="confab-link">{link}</code>
                  <CopyButton text={link} label={t.call.copyLink} className="confab-button confab-primary" />
                </div>
                <p className="confab-muted confab-small">{t.call.linkSecret}</p>
              </>
            )}
          </div>
        ))}
    </div>
  );
}
