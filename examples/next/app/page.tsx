import { StartButton } from './start-button';

export default function Home() {
  return (
    <main className="start">
      <h1>Consultations</h1>
      <p>You will be the host: who opens the link waits until you let them in.</p>
      <StartButton />
    </main>
  );
}
