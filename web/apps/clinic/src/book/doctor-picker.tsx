import type { ReactNode } from 'react';
import type { Doctor } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';

/** One of the doctors. */
export function DoctorPicker(p: {
  doctors: readonly Doctor[];
  chosen: Doctor | undefined;
  onChoose: (doctor: Doctor) => void;
}): ReactNode {
  return (
    <fieldset>
      <legend>Choose a doctor</legend>
      <div className="doctors">
        {p.doctors.map((doctor) => (
          <label key={doctor.id} className="choice doctor-choice">
            <input
              type="radio"
              name="doctor"
              value={doctor.id}
              checked={p.chosen?.id === doctor.id}
              onChange={() => p.onChoose(doctor)}
            />
            <Avatar name={doctor.name} />
            <span className="choice-text">
              <strong>{doctor.name}</strong>
              <span className="specialty">{doctor.specialty}</span>
              <span className="muted">{doctor.about}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
