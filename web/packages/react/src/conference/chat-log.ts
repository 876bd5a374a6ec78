import { useData } from '../hooks/use-data.js';
import { useRoom } from '../room-context.js';
import { useCallback, useEffect, useState } from 'react';

export interface ChatMessage {
  readonly id: string;
  readonly identity: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  readonly mine: boolean;
}

export interface Chat {
  readonly messages: readonly ChatMessage[];
  readonly unread: number;
  send(text: string): Promise<void>;
}

const most = 1000;
const longest = 4000;

/** The chat of this call: kept while the page is open and nowhere else. `open` tells whether it is being read. */
export function useChat(open: boolean): Chat {
  const room = useRoom();
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);
  const [unread, setUnread] = useState(0);
  const add = useCallback((message: ChatMessage) => setMessages((old) => [...old.slice(1 - most), message]), []);
  const { send: publish } = useData('chat', ({ text, participant }) => {
    add({
      id: crypto.randomUUID(),
      identity: participant.identity,
      name: participant.name,
      text: text.slice(0, longest),
      at: Date.now(),
      mine: false,
    });
    if (!open) setUnread((n) => n + 1);
  });
  useEffect(() => {
    if (open) setUnread(0);
  }, [open]);
  const send = useCallback(
    async (text: string) => {
      await publish(text.slice(0, longest));
      const { identity, name } = room.localParticipant;
      add({ id: crypto.randomUUID(), identity, name, text, at: Date.now(), mine: true });
    },
    [publish, add, room],
  );
  return { messages, unread, send };
}
