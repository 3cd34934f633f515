/* For browsers that know no modules: say so at once. Written in the oldest syntax on purpose. */
(function () {
  var late = document.getElementsByClassName('late');
  for (var i = 0; i < late.length; i += 1) {
    late[i].className = 'late late-now';
  }
})();
