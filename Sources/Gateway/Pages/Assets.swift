/// The one style sheet and the one script.
enum Assets {
    static let style = """
        :root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --line: #5a5a5a; --act: #0b4f8a;
          --warn: #8a1c0b; --soft: #f0f3f6; }
        @media (prefers-color-scheme: dark) { :root { --ink: #f2f2f2; --paper: #16191c; --line: #a8a8a8;
          --act: #8cc4ff; --warn: #ffb3a3; --soft: #23282d; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1.125rem/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--ink);
          background: var(--paper); overflow-wrap: anywhere; }
        h1 { font-size: clamp(1.5rem, 1.2rem + 2vw, 2.25rem); line-height: 1.25; }
        h2 { font-size: clamp(1.25rem, 1.1rem + 1vw, 1.6875rem); line-height: 1.25; }
        header, main, footer { max-width: 42rem; margin: 0 auto; padding: 1rem; }
        header { border-bottom: 2px solid var(--line); }
        footer { border-top: 1px solid var(--line); font-size: 1rem; }
        nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; }
        nav a { display: inline-block; padding: .25rem 0; min-width: 1.5rem; }
        a { color: var(--act); }
        a:focus, button:focus, input:focus, select:focus, [tabindex]:focus { outline: 3px solid var(--act); outline-offset: 2px; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; }
        label, legend { display: block; font-weight: bold; margin-top: 1rem; }
        .hint { font-weight: normal; display: block; }
        input[type=text], input[type=email], input[type=tel], select { display: block; font: inherit; width: 100%; max-width: 20rem; padding: .5rem; border: 2px solid var(--line);
          background: var(--paper); color: var(--ink); }
        label.tick { font-weight: normal; }
        button { font: inherit; margin: 1rem .5rem 0 0; padding: .6rem 1.2rem; border: 2px solid var(--act);
          background: var(--act); color: var(--paper); cursor: pointer; }
        button.second { background: var(--paper); color: var(--act); }
        .box { background: var(--soft); border-left: 6px solid var(--act); padding: .75rem 1rem; margin: 1rem 0; }
        .error { border-left-color: var(--warn); }
        .code { font: bold 2rem/1.2 "DejaVu Sans Mono", monospace; letter-spacing: .2em; }
        .qr { width: 15rem; max-width: 100%; height: auto; background: #fff; padding: .75rem; }
        pre { white-space: pre-wrap; }
        body:has(table) :is(header, main, footer) { max-width: 70rem; }
        .wide { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-size: 1rem; }
        caption { text-align: left; font-weight: bold; padding: .25rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; overflow-wrap: normal;
          border-bottom: 1px solid var(--line); }
        td form, td button { margin: 0; }
        td button { padding: .25rem .75rem; }
        fieldset { border: 2px solid var(--line); margin: 1rem 0; padding: 0 1rem 1rem; }
        .wrong { display: block; color: var(--warn); }
        dl { display: grid; grid-template-columns: fit-content(50%) 1fr; gap: .25rem 1rem; }
        dt { font-weight: bold; }
        dd { margin: 0; }
        @media (max-width: 24rem) { dl { display: block; } dd { margin: 0 0 .5rem; } }
        [hidden] { display: none; }
        .pictures, .beside { display: flex; flex-wrap: wrap; gap: 1rem; }
        figure { margin: 0; flex: 1 1 16rem; }
        video { width: 100%; background: #000; aspect-ratio: 4 / 3; }
        .beside { margin-top: 1rem; }
        .beside > * { flex: 1 1 18rem; margin: 0; }
        .beside dl { align-content: start; }
        body:has(video) :is(header, main, footer) { max-width: 70rem; }
        """

    /// Asks for the state and moves on when it is over; counts the time down.
    static let waitScript = """
        'use strict';
        (function () {
          var left = document.getElementById('left');
          var until = left ? Number(left.dataset.until) * 1000 : 0;
          function tick() {
            var seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
            left.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
          }
          if (left) { tick(); setInterval(tick, 1000); }
          function ask() {
            fetch('/gateway/state', { credentials: 'same-origin', cache: 'no-store' })
              .then(function (reply) { return reply.json(); })
              .then(function (reply) {
                if (reply.state !== 'waiting') { location.reload(); } else { setTimeout(ask, 1500); }
              })
              .catch(function () { setTimeout(ask, 3000); });
          }
          if (document.body.dataset.wait === 'yes') { setTimeout(ask, 1500); }
        })();
        """
}
