import type { NextConfig } from 'next';

const config: NextConfig = {
  devIndicators: false,
  // There are lockfiles above this folder; the application ends here.
  turbopack: { root: import.meta.dirname },
};

export default config;
