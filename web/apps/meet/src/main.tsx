import '@confab/react/styles.css';
import { ConfabRoot } from '@confab/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { comeBack } from './api/me.js';
import { App } from './app.js';
import './styles/page.css';
import './styles/home.css';

comeBack();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ConfabRoot>
      <App />
    </ConfabRoot>
  </StrictMode>,
);
