// Shows on the status page what /dive/health answers.
const state = document.getElementById('health');
fetch('dive/health').then(response => response.json()).then(health => {
  state.textContent = health.status;
  state.className = health.status.toLowerCase();
  const items = health.checks.map(check => {
    const item = document.createElement('li');
    const data = check.data || {};
    const details = [data.subject, data.sentence].filter(Boolean).join(': ');
    item.textContent = [check.name, check.status, details].filter(Boolean).join(' ');
    item.className = check.status.toLowerCase();
    return item;
  });
  document.getElementById('checks').replaceChildren(...items);
}).catch(() => {
  state.textContent = 'the server does not answer';
  state.className = 'down';
});
