/*! Icons: (c) Lucide Icons and Contributors, ISC License, https://lucide.dev/license */
import { createElement, type SVGProps } from 'react';

interface Drawing {
  readonly node: readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[];
}

/** In place of lucide-react's own, of which the components use the size, a class and a label. */
export default function createLucideIcon({ node }: Drawing) {
  return function Icon({ size = 24, ...rest }: SVGProps<SVGSVGElement> & { readonly size?: number }) {
    return createElement(
      'svg',
      {
        width: size,
        height: size,
        viewBox: '0 0 24 24',
        fill: 'none',
        stroke: 'currentColor',
        strokeWidth: 2,
        strokeLinecap: 'round',
        strokeLinejoin: 'round',
        ...rest,
      },
      ...node.map(([tag, attributes]) => createElement(tag, attributes)),
    );
  };
}
