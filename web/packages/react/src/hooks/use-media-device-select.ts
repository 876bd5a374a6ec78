import { listDevices } from '@confab/client';
import { useCallback, useEffect, useState } from 'react';
import { useRoom } from '../room-context.js';
import { useRoomEvent } from './use-room-event.js';

export interface MediaDeviceSelect {
  readonly devices: readonly MediaDeviceInfo[];
  readonly activeDeviceId: string | undefined;
  /** Moves what is published or played to the device. Rejects with a RoomError when the device cannot be opened. */
  select(deviceId: string): Promise<void>;
}

/** Lists the devices of a kind, keeps the list current, and switches between them without renegotiation. */
export function useMediaDeviceSelect(kind: MediaDeviceKind): MediaDeviceSelect {
  const room = useRoom();
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  const [activeDeviceId, setActive] = useState(() => room.getActiveDevice(kind));
  const refresh = useCallback(async () => {
    setDevices(await listDevices(kind));
    setActive(room.getActiveDevice(kind));
  }, [room, kind]);
  useEffect(() => void refresh(), [refresh]);
  useRoomEvent('mediaDevicesChanged', () => void refresh());
  useRoomEvent('localTrackPublished', () => void refresh());
  const select = useCallback(
    async (deviceId: string) => {
      await room.switchActiveDevice(kind, deviceId);
      await refresh();
    },
    [room, kind, refresh],
  );
  return { devices, activeDeviceId, select };
}
