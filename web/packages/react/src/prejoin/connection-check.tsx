import { checkConnection, RoomError, type ConnectionReport } from '@confab/client';
import { LoaderCircle, Wifi, WifiOff } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { endedText } from '../strings/ended-text.js';
import { useStrings, type Strings } from '../strings/index.js';

/** Whether the server can be reached, and by which way, in plain words. */
export function ConnectionCheck({ link }: { link: string }): ReactNode {
  const t = useStrings();
  const [report, setReport] = useState<ConnectionReport | { readonly failed: unknown }>();
  useEffect(() => {
    let live = true;
    checkConnection(link).then(
      (result) => live && setReport(result),
      (failed: unknown) => live && setReport({ failed }),
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
  const good = 'ok' in report && report.ok;
  return (
    <p className="confab-fact" role="status" data-state={good ? 'held' : 'problem'}>
      {good ? <Wifi size={16} aria-hidden /> : <WifiOff size={16} aria-hidden />}
      {textOf(t, report)}
    </p>
  );
}

function textOf(t: Strings, report: ConnectionReport | { readonly failed: unknown }): string {
  if ('failed' in report) return endedText(t, report.failed instanceof RoomError ? report.failed.code : 'failed');
  if (!report.ok) return t.prejoin.connectionBad;
  const fallback = !report.webtransport.ok && 'WebTransport' in globalThis;
  return fallback ? t.prejoin.connectionFallback : t.prejoin.connectionGood;
}
