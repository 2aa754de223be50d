// Applies the chosen theme and how cards are set before the first paint; without a choice the system decides. src/lib/theme.ts and
// src/lib/reading.ts write the choices.
try {
  const { dataset } = document.documentElement;
  const theme = localStorage.getItem('flashcase.theme');
  if (theme === 'light' || theme === 'dark') dataset.theme = theme;
  dataset.textSize = localStorage.getItem('flashcase.text-size') ?? 'normal';
  dataset.typeface = localStorage.getItem('flashcase.typeface') ?? 'serif';
} catch {
  // Storage is switched off in this browser: the system's theme is used.
}
