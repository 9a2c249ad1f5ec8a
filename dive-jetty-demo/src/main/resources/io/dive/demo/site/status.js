// Shows on the status page what /dive/health answers.
fetch('dive/health').then(response => response.json()).then(health => {
  const state = document.getElementById('health');
  state.textContent = health.status;
  state.className = health.status.toLowerCase();
  const list = document.createElement('ul');
  for (const check of health.checks) {
    const item = document.createElement('li');
    const data = check.data || {};
    item.textContent = `${check.name} ${check.status}: ${data.subject || ''} ${data.sentence || ''}`;
    item.className = check.status.toLowerCase();
    list.append(item);
  }
  document.getElementById('checks').append(list);
});
