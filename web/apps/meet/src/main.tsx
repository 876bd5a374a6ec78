import '@confab/react/styles.css';
import { ConfabRoot } from '@confab/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import './styles/page.css';
import './styles/home.css';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ConfabRoot>
      <App />
    </ConfabRoot>
  </StrictMode>,
);
