/**
 * A page with an unchanged `useChat`, as its documentation shows it. The address names the thread;
 * the page first loads what is stored of it and resumes an answer in progress.
 */
import { useChat } from '@ai-sdk/react';
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';
import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';

const id = new URLSearchParams(location.search).get('thread');
const loaded = await fetch(`/api/chat/${id}/messages`);
const messages = loaded.ok ? (await loaded.json()).messages : [];

function Chat() {
  const [text, setText] = useState('');
  const chat = useChat({
    id,
    messages,
    resume: true,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const stop = async () => {
    await fetch(`/api/chat/${id}/stop`, { method: 'POST' });
    await chat.stop();
  };
  return h(
    'main',
    { 'data-status': chat.status },
    chat.messages.map((message) => h(Message, { key: message.id, message, chat })),
    chat.error && h('p', { role: 'alert' }, chat.error.message),
    h('input', { value: text, onChange: (event) => setText(event.target.value) }),
    button('Send', () => chat.sendMessage({ text }).then(() => undefined)),
    button('Stop', stop),
    button('Regenerate', () => chat.regenerate()),
    button('Edit', () => {
      const { id: messageId } = chat.messages.find(({ role }) => role === 'user');
      return chat.sendMessage({ text, messageId });
    }),
  );
}

function Message({ message, chat }) {
  const parts = message.parts.map((part, i) => {
    if (part.type === 'text') return h('span', { key: i }, part.text);
    if (!part.type.startsWith('tool-')) return null;
    const { approval, state } = part;
    const approve = () => chat.addToolApprovalResponse({ id: approval.id, approved: true });
    return h(
      'b',
      { key: i, 'data-state': state },
      state === 'approval-requested' && button('Approve', approve),
    );
  });
  return h('article', { 'data-role': message.role, 'data-id': message.id }, parts);
}

function button(name, onClick) {
  return h('button', { onClick: () => void onClick() }, name);
}

createRoot(document.getElementById('root')).render(h(Chat));
