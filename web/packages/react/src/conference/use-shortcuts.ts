import { useRoom } from '../room-context.js';
import { useEffect, useRef, useState } from 'react';
import { useHandler } from '../hooks/use-handler.js';

interface Actions {
  chat(): unknown;
  people(): unknown;
  hand(): unknown;
  close(): unknown;
}

/**
 * D microphone, E camera, S share, C chat, P people, H hand, Esc closes; the space bar held down is push-to-talk.
 * Returns whether it is held. Keys pressed in a text field, or with a modifier, are left alone.
 */
export function useShortcuts(actions: Actions): boolean {
  const room = useRoom();
  const [talking, setTalking] = useState(false);
  const held = useRef(false);

  const on = (source: 'camera' | 'microphone' | 'screen'): boolean => {
    const track = room.localParticipant.track(source);
    return track !== undefined && !track.muted;
  };
  const talk = useHandler((down: boolean) => {
    if (down === held.current || (down && on('microphone'))) return;
    held.current = down;
    setTalking(down);
    void room.localParticipant.setMicrophoneEnabled(down).catch(() => setTalking(false));
  });
  const pressed = useHandler((event: KeyboardEvent) => {
    if (asked(targetOf(event))) return;
    if (event.key === 'Escape') return void actions.close();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(targetOf(event))) return;
    const me = room.localParticipant;
    switch (event.key.toLowerCase()) {
      case 'd':
        return void me.setMicrophoneEnabled(!on('microphone')).catch(() => {});
      case 'e':
        return void me.setCameraEnabled(!on('camera')).catch(() => {});
      case 's':
        return void me.setScreenShareEnabled(!on('screen'), { audio: true }).catch(() => {});
      case 'c':
        event.preventDefault();
        return void actions.chat();
      case 'h':
        return void actions.hand();
      case 'p':
        return void actions.people();
      case ' ':
        if (pressable(targetOf(event))) return;
        event.preventDefault();
        return talk(true);
    }
  });

  useEffect(() => {
    const down = (event: KeyboardEvent): void => pressed(event);
    const up = (event: KeyboardEvent): void => {
      if (event.key === ' ') talk(false);
    };
    const away = (): void => talk(false);
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', away);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', away);
    };
  }, [pressed, talk]);
  return talking;
}

/** Where the key was pressed, also inside a shadow tree. */
function targetOf(event: Event): EventTarget | null {
  return event.composedPath()[0] ?? null;
}

/** In a dialog, keys are for what it asks. */
function asked(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog') !== null;
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

/** Space presses a focused button: that is what the person means by it. */
function pressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('button, a, summary, [role=button]');
}
