import { checkConnection, RoomError, type ConnectionReport } from '@confab/client';
import { LoaderCircle, Wifi, WifiOff } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { endedText } from '../strings/ended-text.js';
import { useStrings } from '../strings/index.js';

/** Whether the server can be reached, and by which way, in plain words. */
export function ConnectionCheck({ link }: { link: string }): ReactNode {
  const t = useStrings();
  const [report, setReport] = useState<ConnectionReport | RoomError>();
  useEffect(() => {
    let live = true;
    checkConnection(link).then(
      (result) => live && setReport(result),
      (error: unknown) => live && error instanceof RoomError && setReport(error),
    );
    return () => {
      live = false;
    };
  }, [link]);
  if (!report) {
    return (
      <p className="confab-fact" role="status">
        <LoaderCircle className="confab-spin" size={16} aria-hidden /> {t.prejoin.checking}
      </p>
    );
  }
  const refused = report instanceof RoomError;
  const good = !refused && report.ok;
  const fallback = good && !report.webtransport.ok && 'WebTransport' in globalThis;
  const found = good ? (fallback ? t.prejoin.connectionFallback : t.prejoin.connectionGood) : t.prejoin.connectionBad;
  return (
    <p className="confab-fact" role="status" data-state={good ? 'held' : 'problem'}>
      {good ? <Wifi size={16} aria-hidden /> : <WifiOff size={16} aria-hidden />}
      {refused ? endedText(t, report.code) : found}
    </p>
  );
}
