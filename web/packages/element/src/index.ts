/**
 * `<confab-room>`, defined by importing this module. `createEmbed`, which shows the same in an iframe, is in `@confab/element/embed`:
 * a page needs one or the other.
 */
import { ConfabRoomElement } from './element.js';

export { ConfabRoomElement };
export { createMeetingLink, generateMeetingLink, linkKeys } from '@confab/client';

declare global {
  interface HTMLElementTagNameMap {
    'confab-room': ConfabRoomElement;
  }
}

if (!customElements.get('confab-room')) customElements.define('confab-room', ConfabRoomElement);
