import { checkConnection, type ConnectionReport } from '@confab/client';
import { LoaderCircle, Wifi, WifiOff } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useStrings } from '../strings/index.js';

/** Whether the server can be reached, and by which way, in plain words. */
export function ConnectionCheck({ link }: { link: string }): ReactNode {
  const t = useStrings();
  const [report, setReport] = useState<ConnectionReport | 'failed'>();
  useEffect(() => {
    let live = true;
    checkConnection(link).then(
      (result) => live && setReport(result),
      () => live && setReport('failed'),
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
  const good = report !== 'failed' && report.ok;
  const fallback = good && !report.webtransport.ok && 'WebTransport' in globalThis;
  return (
    <p className="confab-fact" role="status" data-state={good ? 'held' : 'problem'}>
      {good ? <Wifi size={16} aria-hidden /> : <WifiOff size={16} aria-hidden />}
      {good ? (fallback ? t.prejoin.connectionFallback : t.prejoin.connectionGood) : t.prejoin.connectionBad}
    </p>
  );
}
