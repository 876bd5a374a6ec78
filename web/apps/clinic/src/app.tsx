import { lazy, Suspense, type ReactNode } from 'react';
import { BookPage } from './book/book-page.js';
import { Loading } from './parts/loading.js';

// What has calls in it comes when it is wanted.
const VisitPage = lazy(async () => ({ default: (await import('./visit/visit-page.js')).VisitPage }));
const DoctorPages = lazy(async () => ({ default: (await import('./doctor/doctor-pages.js')).DoctorPages }));

/** Which page it is, the address says: `/`, `/visit/ID#KEY`, `/doctor`, `/doctor/visit/ID`. */
export function App(): ReactNode {
  const [, area, , id] = location.pathname.split('/');
  return <Suspense fallback={<Loading />}>{page(area, id)}</Suspense>;
}

function page(area: string | undefined, consultation: string | undefined): ReactNode {
  if (area === 'visit') return <VisitPage id={location.pathname.split('/')[2]!} privateKey={location.hash.slice(1)} />;
  if (area === 'doctor') return <DoctorPages consultation={consultation} />;
  return <BookPage />;
}
