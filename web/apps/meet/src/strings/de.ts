import type { Words } from './en.js';

export const de: Words = {
  home: {
    tagline: 'Videogespräche, die sonst niemand sieht oder hört.',
    explain:
      'Verschlüsselt von Ihrem Browser bis zu dem der anderen. Der Server leitet weiter und kann nicht hineinsehen.',
    start: 'Besprechung starten',
    or: 'oder',
    pasteLabel: 'Besprechungslink',
    pastePlaceholder: 'Besprechungslink einfügen',
    join: 'Beitreten',
    badLink: 'Das ist kein Besprechungslink. Er sieht aus wie https://…/m/… und muss ganz kopiert werden.',
    recent: 'Letzte Besprechungen',
    forget: 'Diese Besprechung vergessen',
    recentNote: 'Nur auf diesem Gerät gespeichert.',
  },
};
