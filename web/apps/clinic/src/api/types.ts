/** What the clinic's back end answers (examples/clinic). Times are RFC 3339. */
export interface Doctor {
  readonly id: string;
  readonly name: string;
  readonly specialty: string;
  readonly about: string;
}

export interface Session {
  /** Who has signed in with this browser. */
  readonly doctor: Doctor | null;
}

export interface Clinic {
  readonly doctors: readonly Doctor[];
  /** Only where the clinic is a demonstration. */
  readonly demoPassword?: string;
}

export interface Slot {
  readonly starts: string;
  readonly ends: string;
}

export interface Presence {
  readonly status: 'booked' | 'waiting' | 'admitted' | 'ended';
  readonly patientPresent: boolean;
  readonly doctorPresent: boolean;
  readonly recording: boolean;
  readonly arrivedAt?: string;
  readonly admittedAt?: string;
  readonly endedAt?: string;
}

export interface Expectation {
  readonly ahead: number;
  readonly at: string;
  readonly lateMinutes: number;
}

export interface SharedDocument {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly author: 'doctor' | 'patient';
  readonly added: string;
}

export interface Visit extends Presence {
  readonly id: string;
  readonly role: 'doctor' | 'patient';
  readonly now: string;
  readonly doctor: Doctor;
  readonly patient: string;
  readonly reason: string;
  readonly starts: string;
  readonly ends: string;
  readonly expectation?: Expectation;
  readonly consent: 'none' | 'asked' | 'given' | 'refused';
  readonly consentAt?: string;
  readonly documents: readonly SharedDocument[];
  readonly summary: string;
  readonly nextSteps: string;
  readonly notes?: string;
}

export interface DayItem extends Presence {
  readonly id: string;
  readonly starts: string;
  readonly ends: string;
  readonly patient: string;
  readonly reason: string;
}

export interface Day {
  readonly now: string;
  readonly doctor: Doctor;
  readonly lateMinutes: number;
  readonly appointments: readonly DayItem[];
}

export interface Ticket {
  readonly node: string;
  readonly token: string;
  /** Base64. It encrypts the call. */
  readonly secret: string;
}
