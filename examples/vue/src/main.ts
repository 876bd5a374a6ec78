import { linkKeys, Room } from '@confab/client';
import { createApp } from 'vue';
import App from './App.vue';
import { meetingLink } from './meeting';
import './app.css';

try {
  const link = meetingLink();
  createApp(App, { link, room: new Room({ keys: linkKeys(link) }) }).mount('#app');
} catch (error) {
  document.body.append((error as Error).message); // Of a damaged link a RoomError says so, and what to do.
}
