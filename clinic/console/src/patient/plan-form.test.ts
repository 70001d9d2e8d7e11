import { expect, test } from 'vitest';
import type { TransitionPlan } from '../core/types.ts';
import { fromForm, incomplete, line, toForm } from './plan-form.ts';

const plan: TransitionPlan = {
  warning_signs: ['Staying in bed'],
  what_helps: ['A walk', 'Music'],
  people: [{ name: 'Rosa', role: 'sister', phone: '555 0100' }],
  providers: [{ name: 'Dr. Lind', role: 'psychiatrist', phone: '' }],
  appointments: [{ what: 'First visit', date: '2026-12-01', time: '10 am', place: 'Oak St' }],
  medicines: [{ name: 'Sertraline', how: '50 mg, mornings', why: 'mood' }],
};

test('a plan survives being edited', () => {
  expect(fromForm(toForm(plan), 'p1')).toEqual({ ...plan, parent: 'p1' });
  expect(fromForm(toForm(undefined), undefined)).not.toHaveProperty('parent');
});

test('empty lines go, spaces go', () => {
  const form = toForm(plan);
  form.what_helps.push(line(['  ']), line([' Tea ']));
  expect(fromForm(form, undefined).what_helps).toEqual(['A walk', 'Music', 'Tea']);
});

test('a line without its name is told', () => {
  const form = toForm(plan);
  expect(incomplete(form)).toBeNull();
  form.people.push(line(['', 'friend', '']));
  expect(incomplete(form)).toBe('people');
  const other = toForm(plan);
  other.appointments.push(line(['Check-up', '', '', '']));
  expect(incomplete(other)).toBe('appointments');
});
