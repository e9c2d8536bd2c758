import { render } from 'preact';
import { App } from './app.tsx';
import { begin } from './lib/enter.ts';
import { restoreTheme } from './lib/theme.ts';
import './style.css';

restoreTheme();
void begin();
render(<App />, document.getElementById('app')!);
