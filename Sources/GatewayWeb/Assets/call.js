'use strict';
(function () {
  // Both sides of a video call (W3C WebRTC). The operator's page makes the offers; each page that is loaded has a name
  // of its own, and a word to another than the one that is there now is not heard. An offer has all its candidates in it,
  // so that a line is made by two words.
  var root = document.getElementById('call');
  if (!root) { return; }
  var isOperator = root.dataset.side === 'operator';
  var base = root.dataset.base;
  var me = Array.from(crypto.getRandomValues(new Uint8Array(8)), function (b) { return b.toString(16); }).join('');
  var servers = root.dataset.stun.split(' ').filter(Boolean).map(function (url) { return { urls: url }; });
  // By a relay alone, if there is one: then neither side tells the other its addresses.
  var isRelayed = root.dataset.relay === 'yes', relay = null;
  var state = root.dataset.state, turn = -1, after = 0;
  var line = null, offer = '', mine = null, cutTimer = 0;
  var theirs = document.getElementById('theirs');

  // Words for the person.
  function say(place, word) {
    var found = word ? document.querySelector('#words [data-word="' + word + '"]') : null;
    var element = document.getElementById(place);
    var text = found ? found.textContent : '';
    if (element.textContent !== text) { element.textContent = text; }
  }
  // The time where the person is, in figures where the browser does not know the page's language.
  function moment(date, language) {
    if (Intl.DateTimeFormat.supportedLocalesOf(language).length) {
      return date.toLocaleString(language, { dateStyle: 'full', timeStyle: 'short' });
    }
    var day = [date.getDate(), date.getMonth() + 1, date.getFullYear()];
    if (language === 'eu') { day.reverse(); }
    return day.join('/') + ', ' + date.getHours() + ':' + String(date.getMinutes()).padStart(2, '0');
  }
  var start = document.getElementById('start'), language = document.documentElement.lang;
  start.textContent = moment(
    new Date(start.dataset.start * 1000), language === 'en' ? 'en-GB' : language);

  // The gateway.
  function post(path, body, type) {
    return fetch(base + path, {
      method: 'POST', credentials: 'same-origin', cache: 'no-store', body: body,
      headers: { 'content-type': type, 'x-clave-form': root.dataset.form || '' }
    });
  }
  function tell(word) {
    word.from = me;
    post('/signal?turn=' + turn, JSON.stringify(word), 'application/json').catch(function () {});
  }
  function ask() {
    fetch(base + '/state?turn=' + turn + '&after=' + after, { credentials: 'same-origin', cache: 'no-store' })
      .then(function (reply) {
        if (reply.status === 404) { location.reload(); }
        if (!reply.ok) { throw new Error(); }
        return reply.json();
      })
      .then(function (reply) {
        if (document.getElementById('status').dataset.lost) { say('status', state); }
        delete document.getElementById('status').dataset.lost;
        take(reply);
        setTimeout(ask, 1000);
      })
      .catch(function () {
        document.getElementById('status').dataset.lost = 'yes';
        say('status', 'gateway');
        setTimeout(ask, 3000);
      });
  }
  function take(reply) {
    if (reply.relay) {
      relay = { urls: reply.relay, username: reply.relayName, credential: reply.relayPassword };
    }
    var live = ['booked', 'due', 'queued', 'running'];
    if (live.indexOf(reply.state) < 0) { leave(); location.reload(); return; }
    if (reply.turn !== turn) {
      turn = reply.turn;
      after = 0;
      hangUp();
      if (reply.state === 'running') { begin(); }
    }
    show(reply);
    var words = reply.words ? reply.words.split('\n') : [];
    after += words.length;
    words.forEach(function (text) { hear(JSON.parse(text)); });
    if (isOperator) { record(reply.consents === 'yes'); }
  }
  function show(reply) {
    var isNew = state !== reply.state;
    state = reply.state;
    say('status', state);
    if (isNew && state !== 'running') { hangUp(); say('line', ''); }
    var ahead = document.getElementById('ahead');
    ahead.hidden = state !== 'queued' || !reply.ahead;
    ahead.querySelector('span').textContent = reply.ahead || '';
    if (isOperator) { return; }
    document.getElementById('spoken').hidden = !reply.code;
    document.getElementById('code').textContent = reply.code;
  }

  // Camera and microphone.
  function openCamera() {
    if (mine) { return Promise.resolve(mine); }
    if (!navigator.mediaDevices) { say('line', 'camera'); return Promise.resolve(null); }
    return navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: true })
      .then(function (stream) {
        mine = stream;
        document.getElementById('mine').srcObject = stream;
        return stream;
      })
      .catch(function () { say('line', 'camera'); return null; });
  }

  // The line.
  function begin() { openCamera().then(function () { tell({ kind: 'hello' }); }); }
  function hangUp() {
    clearTimeout(cutTimer);
    if (line) { line.onconnectionstatechange = null; line.close(); }
    line = null;
    stopRecording();
  }
  function newLine() {
    hangUp();
    say('line', 'connecting');
    var made = new RTCPeerConnection(
      isRelayed
        ? { iceServers: relay ? [relay] : [], iceTransportPolicy: 'relay' } : { iceServers: servers });
    line = made;
    made.ontrack = function (event) {
      if (theirs.srcObject !== event.streams[0]) { theirs.srcObject = event.streams[0]; }
      theirs.play().catch(function () { theirs.controls = true; });
    };
    made.onconnectionstatechange = function () {
      clearTimeout(cutTimer);
      if (made.connectionState === 'connected') { say('line', 'connected'); }
      if (made.connectionState === 'failed') { cut(); }
      if (made.connectionState === 'disconnected') { cutTimer = setTimeout(cut, 4000); }
    };
    if (mine) { mine.getTracks().forEach(function (track) { made.addTrack(track, mine); }); }
    return made;
  }
  function cut() {
    say('line', 'cut');
    tell({ kind: 'hello' });
    // The other page may be away: it is asked until it answers.
    cutTimer = setTimeout(function () { if (line && line.connectionState !== 'connected') { cut(); } }, 5000);
  }
  function gathered(made) {
    return new Promise(function (done) {
      if (made.iceGatheringState === 'complete') { done(); return; }
      made.addEventListener('icegatheringstatechange', function () {
        if (made.iceGatheringState === 'complete') { done(); }
      });
      setTimeout(done, 2000);
    });
  }
  function hear(word) {
    if (word.kind === 'hello') {
      if (isOperator) { openCamera().then(function () { call(word.from); }); } else { begin(); }
    } else if (word.to === me && word.kind === 'offer' && !isOperator) {
      openCamera().then(function () { answer(word); });
    } else if (word.to === me && word.kind === 'answer' && line && word.offer === offer) {
      line.setRemoteDescription({ type: 'answer', sdp: word.sdp }).catch(cut);
    }
  }
  function call(to) {
    var made = newLine();
    var name = offer = me + '-' + Date.now();
    ['audio', 'video'].forEach(function (kind) {
      var has = mine && mine.getTracks().some(function (track) { return track.kind === kind; });
      if (!has) { made.addTransceiver(kind, { direction: 'recvonly' }); }
    });
    made.createOffer()
      .then(function (description) { return made.setLocalDescription(description); })
      .then(function () { return gathered(made); })
      .then(function () {
        if (line === made) { tell({ kind: 'offer', to: to, offer: name, sdp: made.localDescription.sdp }); }
      })
      .catch(cut);
  }
  function answer(word) {
    var made = newLine();
    made.setRemoteDescription({ type: 'offer', sdp: word.sdp })
      .then(function () { return made.createAnswer(); })
      .then(function (description) { return made.setLocalDescription(description); })
      .then(function () { return gathered(made); })
      .then(function () {
        if (line !== made) { return; }
        tell({ kind: 'answer', to: word.from, offer: word.offer, sdp: made.localDescription.sdp });
      })
      .catch(cut);
  }
  // The recording: of the person's picture and sound, by the operator's page, with consent.
  var recorder = null, place = 0, uploads = Promise.resolve(), isAllowed = false, wasRecorded = false;
  // Whether a piece was not taken: then nothing is recorded any more, until the page is loaded again.
  var hasFailed = false;
  function record(consents) {
    isAllowed = consents;
    if (!consents) { wasRecorded = false; stopRecording(); say('record', ''); return; }
    if (recorder || hasFailed || !window.MediaRecorder) { return; }
    if (!line || line.connectionState !== 'connected' || !theirs.srcObject) { return; }
    place = 0;
    var taken = recorder = new MediaRecorder(
      theirs.srcObject, { mimeType: 'video/webm', videoBitsPerSecond: 600000, audioBitsPerSecond: 32000 });
    taken.ondataavailable = function (event) { if (event.data.size) { keep(taken, event.data); } };
    taken.start(1000);
    say('record', wasRecorded ? 'anew' : 'recording');
    wasRecorded = true;
  }
  function keep(taken, data) {
    for (var from = 0; from < data.size; from += 61440) { piece(taken, data.slice(from, from + 61440)); }
  }
  function piece(taken, data) {
    uploads = uploads.then(function () {
      if (taken !== recorder) { return; }
      var query = '/recording?turn=' + turn + '&place=' + place;
      return post(query, data, 'application/octet-stream').then(function (reply) {
        if (reply.ok) { place += 1; return; }
        if (taken !== recorder || !isAllowed) { return; }
        // Not tried again: what there is of it is not whole.
        stopRecording();
        hasFailed = true;
        say('record', 'unkept');
      });
    }).catch(function () {});
  }
  function stopRecording() {
    var taken = recorder;
    if (!taken) { return; }
    recorder = null;
    if (taken.state !== 'inactive') { taken.stop(); }
  }
  function leave() {
    hangUp();
    if (mine) { mine.getTracks().forEach(function (track) { track.stop(); }); }
  }

  if (isOperator) {
    var approval = document.querySelector('form[action$="/approve"]');
    if (approval) {
      approval.addEventListener('submit', function (event) {
        if (!recorder || recorder.state === 'inactive') { return; }
        event.preventDefault();
        // The last piece first.
        recorder.onstop = function () { uploads.then(function () { approval.submit(); }); };
        recorder.stop();
      });
    }
  } else {
    document.getElementById('camera').addEventListener('click', openCamera);
    // The box shows what the gateway has taken, whatever was ticked since it was asked.
    var consent = document.getElementById('consent'), taken = consent.defaultChecked;
    var restore = function (place, word) { consent.checked = taken; say(place, word); };
    consent.addEventListener('change', function () {
      var wanted = consent.checked;
      say('record', '');
      post('/consent', 'consent=' + (wanted ? 'yes' : 'no'), 'application/x-www-form-urlencoded')
        .then(function (reply) { if (reply.ok) { taken = wanted; } else { restore('record', 'refused'); } })
        .catch(function () { restore('status', 'gateway'); });
    });
  }
  say('status', state);
  ask();
})();
