// Applies the chosen theme before the first paint; without a choice the system decides. src/lib/theme.ts writes the choice.
try {
  const theme = localStorage.getItem('flashcase.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off in this browser: the system's theme is used.
}
