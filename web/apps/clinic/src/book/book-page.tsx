import { CalendarCheck, LockKeyhole, Stethoscope, Video } from 'lucide-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { get, plainly, post } from '../api/request.js';
import type { Clinic, Doctor, Slot } from '../api/types.js';
import { Brand } from '../parts/brand.js';
import { Loading } from '../parts/loading.js';
import { Problem } from '../parts/problem.js';
import { dayOf, timeOf } from '../parts/time.js';
import { DoctorPicker } from './doctor-picker.js';
import { SlotPicker } from './slot-picker.js';

/** Where patients begin: who, when, why. */
export function BookPage(): ReactNode {
  const [clinic, setClinic] = useState<Clinic>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    get<Clinic>('clinic').then(setClinic, (error: unknown) => setProblem(plainly(error)));
  }, []);
  return (
    <>
      <Brand>
        <a className="button quiet" href="/doctor" data-action="for-doctors">
          <Stethoscope size={18} aria-hidden />
          For doctors
        </a>
      </Brand>
      <main className="page booking">
        <section className="welcome">
          <h1>See a doctor from home</h1>
          <p>Choose a doctor and a time. You get a private link, and talk by video when it is your turn.</p>
          <ul className="promises">
            <li>
              <CalendarCheck size={20} aria-hidden />
              No account, nothing to install
            </li>
            <li>
              <Video size={20} aria-hidden />
              You see how long you will wait
            </li>
            <li>
              <LockKeyhole size={20} aria-hidden />
              Only you and your doctor can see and hear the call
            </li>
          </ul>
        </section>
        {problem ? <Problem text={problem} /> : clinic ? <BookingForm doctors={clinic.doctors} /> : <Loading />}
      </main>
    </>
  );
}

function BookingForm({ doctors }: { doctors: readonly Doctor[] }): ReactNode {
  const [doctor, setDoctor] = useState<Doctor>();
  const [slot, setSlot] = useState<Slot>();
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const [booking, setBooking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  const book = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!doctor || !slot) {
      setProblem(doctor ? 'Choose a time first.' : 'Choose a doctor first.');
      return;
    }
    setBooking(true);
    setProblem(undefined);
    try {
      const made = await post<{ id: string; key: string }>('appointments', {
        doctor: doctor.id,
        starts: slot.starts,
        name,
        reason,
      });
      // What follows the # never leaves the browser by itself: the address can be logged, the key not.
      location.assign(`/visit/${made.id}#${made.key}`);
    } catch (error) {
      setProblem(plainly(error));
      setSlot(undefined);
      setAttempt((n) => n + 1);
      setBooking(false);
    }
  };

  return (
    <form className="card booking-form" onSubmit={(event) => void book(event)}>
      <DoctorPicker doctors={doctors} chosen={doctor} onChoose={(one) => (setDoctor(one), setSlot(undefined))} />
      {doctor && <SlotPicker key={`${doctor.id} ${attempt}`} doctor={doctor} chosen={slot} onChoose={setSlot} />}
      <fieldset className="fields">
        <legend>About you</legend>
        <label>
          Your name
          <input
            name="name"
            required
            maxLength={60}
            autoComplete="name"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label>
          <span>
            What is it about? <span className="muted">(optional)</span>
          </span>
          <textarea
            name="reason"
            rows={3}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
      </fieldset>
      {problem && <Problem text={problem} />}
      <div className="booking-end">
        <p className="muted" aria-live="polite">
          {doctor && slot ? `${doctor.name}, ${dayOf(slot.starts).toLowerCase()} at ${timeOf(slot.starts)}` : ''}
        </p>
        <button className="button primary large" disabled={booking} data-action="book">
          {booking ? 'Booking…' : 'Book appointment'}
        </button>
      </div>
    </form>
  );
}
