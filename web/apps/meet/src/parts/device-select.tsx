import type { ReactNode } from 'react';
import { useStrings } from '../strings/index.js';

/** A labelled list of devices of one kind; an empty value is the system's default. */
export function DeviceSelect(p: {
  label: string;
  devices: readonly MediaDeviceInfo[];
  value: string;
  onChange: (deviceId: string) => void;
}): ReactNode {
  const t = useStrings();
  const named = p.devices.filter(
    (d) => d.deviceId !== '' && d.deviceId !== 'default' && d.deviceId !== 'communications',
  );
  const known = named.some((d) => d.deviceId === p.value);
  return (
    <label className="labelled">
      <span>{p.label}</span>
      <select className="field" value={known ? p.value : ''} onChange={(e) => p.onChange(e.target.value)}>
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
