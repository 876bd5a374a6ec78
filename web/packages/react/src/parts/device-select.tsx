import type { ReactNode } from 'react';
import { useStrings } from '../strings/index.js';

export interface DeviceSelectProps {
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
  /** A device id; empty is the system's default. */
  readonly value: string;
  readonly onChange: (deviceId: string) => void;
}

/** A labelled list of devices of one kind. */
export function DeviceSelect(p: DeviceSelectProps): ReactNode {
  const t = useStrings();
  const named = p.devices.filter(
    (d) => d.deviceId !== '' && d.deviceId !== 'default' && d.deviceId !== 'communications',
  );
  const known = named.some((d) => d.deviceId === p.value);
  return (
    <label className="confab-labelled">
      <span>{p.label}</span>
      <select className="confab-field" value={known ? p.value : ''} onChange={(e) => p.onChange(e.target.value)}>
        <option value="">{p.devices.length === 0 ? t.device.none : t.device.systemDefault}</option>
        {named.map((d, i) => (
          <option key={d.deviceId} value={d.deviceId}>
            {d.label || `${p.label} ${i + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
