import type { Words } from './en.js';

export const es: Words = {
  home: {
    tagline: 'Videollamadas que nadie más puede ver ni oír.',
    explain: 'Cifradas desde su navegador hasta el de los demás. El servidor las transporta y no puede mirar dentro.',
    start: 'Iniciar una reunión',
    or: 'o',
    pasteLabel: 'Enlace de la reunión',
    pastePlaceholder: 'Pegue un enlace de reunión',
    join: 'Entrar',
    badLink: 'Eso no es un enlace de reunión. Tiene la forma https://…/m/… y debe copiarse entero.',
    recent: 'Reuniones recientes',
    forget: 'Olvidar esta reunión',
    recentNote: 'Se guardan solo en este dispositivo.',
  },
};
