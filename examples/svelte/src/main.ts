import { linkKeys, Room } from '@confab/client';
import { mount } from 'svelte';
import App from './App.svelte';
import { meetingLink } from './meeting';
import './app.css';

const target = document.querySelector('#app')!;
try {
  const link = meetingLink();
  mount(App, { target, props: { link, room: new Room({ keys: linkKeys(link) }) } });
} catch (error) {
  target.append((error as Error).message); // Of a damaged link a RoomError says so, and what to do.
}
