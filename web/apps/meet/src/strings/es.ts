import type { Words } from './en.js';

export const es: Words = {
  account: { signIn: 'Iniciar sesión', signOut: 'Cerrar sesión', signInToJoin: 'Iniciar sesión para entrar' },
  schedule: {
    open: 'Planear una reunión',
    title: 'Planear una reunión',
    about: '¿De qué trata?',
    starts: 'Empieza',
    length: 'Duración',
    minutes: '{n} minutos',
    waitingRoom: 'Quien llega espera a que yo le deje entrar',
    create: 'Crear la invitación',
    cancel: 'Cancelar',
    failed: 'No ha funcionado. Inténtelo otra vez.',
    invitation: 'Invitación',
    secret:
      'Lo que sigue a # es la clave de esta reunión. Se creó en este navegador y no se envía al servidor: envíe el enlace solo a quienes deban participar.',
    copy: 'Copiar la invitación',
    done: 'Listo',
  },
  meetings: {
    title: 'Mis reuniones',
    copy: 'Copiar enlace',
    elsewhere: 'El enlace está en el dispositivo donde se creó',
    remove: 'Eliminar esta reunión',
    failed: 'Ahora no se pueden mostrar o cambiar sus reuniones.',
  },
  home: {
    closed: 'Aquí las reuniones las inicia una aplicación. Abra el enlace que recibió.',
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
