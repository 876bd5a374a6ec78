import type { ParticipantSnapshot } from '@confab/client';
import { useEncryption } from '@confab/react';
import type { ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.js';
import { useStrings } from '../strings/index.js';
import { Tile } from './tile.js';

/** The stage before anyone else is there: oneself, and the link to send. */
export function Alone({ local, link }: { local: ParticipantSnapshot; link: string }): ReactNode {
  const t = useStrings();
  const { status } = useEncryption();
  return (
    <div className="stage alone">
      <div className="alone-tile">
        <Tile participant={local} screen={false} />
      </div>
      {status !== 'failed' && (
        <div className="alone-invite">
          <h2>{t.call.alone}</h2>
          <p className="muted">{t.call.aloneHint}</p>
          <div className="row">
            <code className="link">{link}</code>
            <CopyButton text={link} label={t.call.copyLink} className="button primary" />
          </div>
        </div>
      )}
    </div>
  );
}
