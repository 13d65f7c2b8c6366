import cube from '@cubejs-client/core';
import { BarController, BarElement, CategoryScale, Chart, LinearScale } from 'chart.js';

import { currentUser, signIn, signOut } from './session.js';
import { SignInAgain, tokens } from './token.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale);

const QUERY = {
  measures: ['my_orders.count'],
  dimensions: ['my_orders.status'],
  order: { 'my_orders.status': 'asc' },
};

const element = (id) => document.getElementById(id);
const show = (id, shown) => { element(id).hidden = !shown; };
const say = (text) => { element('message').textContent = text; };

let chart;

/** One row and one bar per status. */
function draw(rows) {
  const labels = rows.map((row) => row['my_orders.status']);
  const counts = rows.map((row) => Number(row['my_orders.count']));
  element('table').tBodies[0].replaceChildren(...rows.map((_, index) => {
    const line = document.createElement('tr');
    line.insertCell().textContent = labels[index];
    line.insertCell().textContent = counts[index];
    return line;
  }));
  show('table', true);
  show('chart', true);
  chart?.destroy();
  chart = new Chart(element('chart'), {
    type: 'bar',
    data: { labels, datasets: [{ label: 'Orders', data: counts, backgroundColor: '#7a77ff' }] },
    options: { animation: false, scales: { y: { beginAtZero: true, ticks: { precision: 0 } } } },
  });
}

function showUser(user) {
  element('who').textContent = user?.profile.sub ?? '';
  for (const id of ['who', 'refresh', 'sign-out']) {
    show(id, Boolean(user));
  }
  show('sign-in', !user);
}

async function start() {
  const user = await currentUser();
  showUser(user);
  if (!user) {
    say('Sign in to see your orders.');
    return;
  }
  const api = cube(tokens(user), { apiUrl: '/cubejs-api/v1' });
  const load = async () => {
    say('Loading ...');
    const result = await api.load(QUERY);
    draw(result.rawData());
    say('');
  };
  element('refresh').addEventListener('click', () => load().catch(fail));
  await load();
}

function fail(error) {
  if (error instanceof SignInAgain) {
    showUser(undefined);
  }
  show('sign-in', element('refresh').hidden);
  say(error.message);
}

element('sign-in').addEventListener('click', () => signIn().catch(fail));
element('sign-out').addEventListener('click', () => signOut().then(() => window.location.reload()));
start().catch(fail);
