import { LogIn } from 'lucide-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { get, plainly, post } from '../api/request.js';
import type { Clinic } from '../api/types.js';
import { Brand } from '../parts/brand.js';
import { Loading } from '../parts/loading.js';
import { Problem } from '../parts/problem.js';

/** For doctors. Patients never sign in. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }): ReactNode {
  const [clinic, setClinic] = useState<Clinic>();
  const [doctor, setDoctor] = useState('');
  const [password, setPassword] = useState('');
  const [trying, setTrying] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    document.title = 'Sign in, Harbour Clinic';
    get<Clinic>('clinic').then(
      (found) => {
        setClinic(found);
        setDoctor(found.doctors[0]?.id ?? '');
      },
      (error: unknown) => setProblem(plainly(error)),
    );
  }, []);
  const signIn = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTrying(true);
    setProblem(undefined);
    try {
      await post('sign-in', { doctor, password });
      onSignedIn();
    } catch (error) {
      setProblem(plainly(error));
      setTrying(false);
    }
  };
  return (
    <>
      <Brand />
      <main className="page narrow sign-in">
        {clinic ? (
          <form className="card fields" onSubmit={(event) => void signIn(event)}>
            <h1>Sign in as a doctor</h1>
            <label>
              Doctor
              <select
                name="doctor"
                autoComplete="username"
                value={doctor}
                onChange={(event) => setDoctor(event.target.value)}
              >
                {clinic.doctors.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            </label>
            <label>
              Password
              <input
                type="password"
                name="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </label>
            {clinic.demoPassword && (
              <p className="hint">
                This clinic is a demonstration: the password of every doctor is <code>{clinic.demoPassword}</code>.
              </p>
            )}
            {problem && <Problem text={problem} />}
            <button className="button primary large" disabled={trying} data-action="sign-in">
              <LogIn size={18} aria-hidden />
              {trying ? 'Signing in…' : 'Sign in'}
            </button>
          </form>
        ) : problem ? (
          <Problem text={problem} />
        ) : (
          <Loading />
        )}
      </main>
    </>
  );
}
