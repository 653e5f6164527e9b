// Sets what was chosen the last time, before the first paint. Preferences of the account replace it once they are known.
(() => {
  try {
    const { theme, contrast, motion, language } = JSON.parse(localStorage.getItem('portal-appearance') ?? '{}');
    const { dataset } = document.documentElement;
    if (theme === 'light' || theme === 'dark') dataset.theme = theme;
    if (contrast === true) dataset.contrast = 'more';
    if (motion === false) dataset.motion = 'reduced';
    if (typeof language === 'string' && /^[a-z]{2}$/.test(language)) {
      document.documentElement.lang = language;
      document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
    }
  } catch {
    // Storage is not available, or holds something else: the theme of the system is shown.
  }
})();
