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
